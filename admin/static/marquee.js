// Small comforts. Every page works without them.
(() => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;

  // The server writes UTC; a reader thinks in the zone of the place where they sit. The form is the
  // one in which the server writes all other times.
  const dateAndTime = new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });
  const localTimes = (root) => {
    for (const element of root.querySelectorAll("time[data-local]:not([data-shown])")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      element.title = element.textContent.trim();
      element.textContent = dateAndTime.format(moment);
      element.dataset.shown = "";
    }
  };
  localTimes(document);
  document.addEventListener("htmx:after:swap", () => localTimes(document));

  document.addEventListener("htmx:config:request", (event) => {
    const { request } = event.detail.ctx;
    if (request.method !== "GET" && token) request.headers["X-CSRFToken"] = token;
  });

  document.addEventListener("click", (event) => {
    const menu = event.target.closest("[data-toggle-menu]");
    if (menu) {
      const open = document.getElementById(menu.getAttribute("aria-controls"))
        .classList.toggle("show");
      menu.setAttribute("aria-expanded", String(open));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const source = document.getElementById(copy.dataset.copy);
      source.select?.();
      navigator.clipboard?.writeText(source.value ?? source.textContent.trim()).then(() => {
        const label = copy.querySelector("[data-copy-label]");
        const before = label.textContent;
        label.textContent = "Copied";
        setTimeout(() => { label.textContent = before; }, 2000);
      }, () => { /* The text is selected: Ctrl-C copies it. */ });
    }
  });

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
