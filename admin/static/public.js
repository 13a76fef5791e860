// The consent names the number: as soon as one is typed, the box says it.
(() => {
  const words = document.getElementById("consent-words");
  const phone = document.getElementById("phone");
  if (!words || !phone) return;
  const plain = words.textContent.replace(/this number \([^)]*\)/, "this number");
  const say = () => {
    const typed = phone.value.replace(/[()]/g, " ").replace(/\s+/g, " ").trim();
    words.textContent = typed ? plain.replace("this number", () => `this number (${typed})`) : plain;
  };
  phone.addEventListener("input", say);
  say();
})();
