// What the compose form shows while one types. The form works without it: the server decides.
(() => {
  const form = document.getElementById("compose");

  // The browser knows its zone; the server can only guess.
  for (const select of document.querySelectorAll("select[data-browser-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((option) => option.value === zone)) select.value = zone;
  }
  // What the rules say of the words: show the place, or mend it. The form of a series has it, too.
  document.addEventListener("click", (event) => {
    const clicked = event.target.closest("[data-from], [data-replace]");
    const body = clicked?.closest("form")?.elements.body;
    if (!body) return;
    body.focus();
    const { from, to, replace } = clicked.dataset;
    if (from) body.setSelectionRange(Number(from), Number(to));
    if (!replace) return;
    for (const [wrong, right] of JSON.parse(replace)) {
      body.value = body.value.replaceAll(wrong, right);
    }
    body.dispatchEvent(new Event("input", { bubbles: true }));
  });
  if (!form) return;

  const body = form.elements.body;
  const button = document.getElementById("send");
  const label = button.querySelector("[data-label]");

  const preview = () => {
    document.getElementById("preview").textContent = body.value;
  };

  const announce = () => {
    const { recipients, sender } = document.getElementById("audience-size").dataset;
    const number = Number(recipients);
    const people = `${number.toLocaleString("en")} ${number === 1 ? "person" : "people"}`;
    const later = form.elements.when.value !== "now";
    if (!number) label.textContent = later ? "Schedule" : "Send now";
    else label.textContent = later ? `Schedule for ${people}` : `Send to ${people} now`;
    document.getElementById("preview-sender").textContent = sender || "Your sender";
  };

  form.addEventListener("input", (event) => {
    if (event.target === body) preview();
    // A field that is being mended is no longer wrong; the server looks again on the next send.
    event.target.classList?.remove("is-invalid");
    event.target.removeAttribute?.("aria-invalid");
    document.getElementById(`${event.target.name}-error`)?.remove();
  });

  form.addEventListener("change", announce);
  document.addEventListener("audience-changed", announce);

  // A box ticked while an answer was on its way stays ticked if it stands for the same warnings.
  const count = document.getElementById("count");
  let ticked = "";
  count.addEventListener("htmx:before:swap", () => {
    const box = form.elements.override;
    ticked = box?.checked ? box.value : "";
  });
  count.addEventListener("htmx:after:swap", () => {
    const box = form.elements.override;
    if (box && box.value === ticked) box.checked = true;
  });

  // Back and Reload then ask the server for this very form, which may have been sent by then.
  const address = new URL(location.href);
  address.searchParams.set("form", form.elements.form_token.value);
  history.replaceState(history.state, "", address);

  form.addEventListener("submit", () => {
    button.disabled = true; // a courtesy only: the form's token makes two submissions one broadcast
  });
  // After Back the browser may have filled in what was typed: the parts around it follow.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    preview();
    announce();
    const list = form.elements.list_id;
    const served = [...list.options].find((option) => option.defaultSelected)?.value ?? "";
    if (list.value !== served) list.dispatchEvent(new Event("change", { bubbles: true }));
    if (body.value !== body.defaultValue) body.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
