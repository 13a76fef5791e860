// The page: asks the carrier twice a second whether anything changed, and draws what did.
import { $, call, grouped, make } from "./api.js";
import { markSeen, refreshList } from "./list.js";
import { drawCounters, startCrowdCard, startSettingsCard } from "./panels.js";
import { currentNumber, refreshScreen, send, showPhone } from "./screen.js";
import { drawMailbox, drawWebhooks } from "./sheets.js";

const TICK = 500;
const VIEWS = { mailbox: drawMailbox, webhooks: drawWebhooks };
let revision = -1;
let letters = -1;
let posts = -1;

const view = () => (location.hash.slice(1) in VIEWS ? location.hash.slice(1) : "phones");

async function choose(number) {
  sessionStorage.setItem("phone", number);  // A reload returns to the same phone.
  await showPhone(number);
  await refreshList(choose);
}

async function chooseFirst(phones) {
  try {
    await choose(sessionStorage.getItem("phone") ?? phones[0].number);
  } catch {  // The carrier was started anew and has no such phone.
    await choose(phones[0].number);
  }
}

async function tick() {
  const counters = await call("GET", "/requests");
  drawCounters(counters);
  $("letter-count").hidden = !counters.letters;
  $("letter-count").textContent = grouped(counters.letters);
  if (counters.revision !== revision) {
    revision = counters.revision;
    await refreshScreen();
    const phones = await refreshList(choose);
    if (!currentNumber() && phones.length) await chooseFirst(phones);
  }
  if (view() === "mailbox" && counters.letters !== letters) await drawMailbox();
  if (view() === "webhooks" && counters.webhook_posts !== posts) await drawWebhooks();
  [letters, posts] = [counters.letters, counters.webhook_posts];
}

async function keepTicking() {
  try {
    await tick();
    $("pulse").dataset.state = "on";
    $("pulse-text").textContent = "Carrier is running";
  } catch {
    revision = -1;
    $("pulse").dataset.state = "off";
    $("pulse-text").textContent = "Carrier does not answer";
  }
  setTimeout(keepTicking, TICK);
}

function showView() {
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view();
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.hash === `#${view()}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  VIEWS[view()]?.();
}

function startComposer() {
  const message = $("message");
  const grow = () => { message.style.height = "auto"; message.style.height = `${Math.min(message.scrollHeight + 2, 130)}px`; };
  message.addEventListener("input", grow);
  message.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("composer").requestSubmit();
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!message.value && !$("picture").checked) return;
    send(message.value);
    message.value = "";
    grow();
    message.focus();
  });
  for (const chip of document.querySelectorAll("[data-text]")) chip.addEventListener("click", () => send(chip.dataset.text));
}

async function start() {
  addEventListener("hashchange", showView);
  showView();
  startComposer();
  startCrowdCard();
  $("search").addEventListener("input", () => refreshList(choose));
  $("new-phone").addEventListener("click", async () => {
    const phone = await call("POST", "/phones", {});
    markSeen(phone);
    await choose(phone.number);
    $("message").focus();
  });
  const { senders } = await call("GET", "/senders");
  $("sender").replaceChildren(...senders.map((sender) => make("option", { value: sender.number }, sender.number)));
  await startSettingsCard();
  keepTicking();
}

start();
