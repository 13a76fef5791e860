// One phone's screen. Only lines that changed are drawn again, so reading is never disturbed.
import { $, avatar, call, clock, make, pretty } from "./api.js";

let current = null;
let drawn = new Map();
let waiting = 0;

export const currentNumber = () => current;

export async function showPhone(number) {
  if (number !== current) {
    current = number;
    drawn = new Map();
    $("screen").replaceChildren();
    $("device-number").textContent = pretty(number);
    $("device-number").dataset.number = number;
    avatar(number, $("device-avatar"));
  }
  await refreshScreen();
}

export async function refreshScreen() {
  if (!current) return null;
  const asked = current;
  const phone = await call("GET", `/phones/${encodeURIComponent(asked)}`);
  if (asked !== current) return null;
  draw(phone);
  return phone;
}

function draw(phone) {
  const screen = $("screen");
  const atEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 80;
  const severalSenders = new Set(phone.screen.filter((line) => line.kind === "message").map((line) => (line.from_phone ? line.to : line.from))).size > 1;
  const first = phone.entries - phone.screen.length;
  let added = false;
  phone.screen.forEach((line, position) => {
    const index = first + position;
    const key = JSON.stringify(line) + severalSenders;
    const before = drawn.get(index);
    if (before && before.key === key) return;
    const element = line.kind === "note" ? drawNote(line) : drawMessage(line, severalSenders);
    if (before) before.element.replaceWith(element);
    else screen.append(element);
    added ||= !before;
    drawn.set(index, { key, element });
  });
  screen.querySelector(".hello")?.remove();
  screen.querySelector(".typing")?.remove();
  if (!phone.screen.length) screen.append(hello());
  if (waiting) screen.append(typing());
  if (added && (atEnd || first === 0)) screen.scrollTop = screen.scrollHeight;
  const blocked = $("blocked");
  blocked.hidden = !phone.blocked_senders.length;
  blocked.textContent = `Carrier blocks ${phone.blocked_senders.join(", ")}`;
}

function drawNote(line) {
  return make("div", { class: "note", "data-testid": "note" }, `${line.text} · ${clock(line.at)}`);
}

function drawMessage(line, severalSenders) {
  const lost = line.status === "failed" || line.status === "undelivered";
  const classes = `line${line.from_phone ? " mine" : ""}${lost ? " lost" : ""}`;
  const item = make("div", { class: classes, "data-sid": line.sid });
  for (const url of line.media) item.append(drawMedia(url));
  if (line.body || !line.media.length) {
    const bubble = make("div", { class: `bubble${line.body ? "" : " nothing"}`, "data-testid": "bubble", "data-direction": line.from_phone ? "sent" : "received" });
    bubble.textContent = line.body || "empty text";
    item.append(bubble);
  }
  item.append(make("span", { class: "meta" }, describe(line, severalSenders)));
  return item;
}

function describe(line, severalSenders) {
  const parts = [clock(line.at)];
  if (severalSenders) parts.push(line.from_phone ? `to ${line.to}` : line.from);
  if (line.from_carrier) parts.push("from the carrier itself");
  else if (line.error_code === 21610) parts.push("blocked by carrier");
  else if (line.error_code) parts.push(`${line.status}: ${line.error_message} (${line.error_code})`);
  else if (!line.from_phone) parts.push(line.status);
  return parts.join(" · ");
}

function drawMedia(url) {
  if (url.startsWith(`${location.origin}/`)) return make("img", { class: "picture", src: url, alt: "Picture" });
  const chip = make("a", { class: "attachment", rel: "noopener noreferrer", target: "_blank" }, `Picture: ${url}`);
  if (/^https?:\/\//.test(url)) chip.href = url;
  return chip;
}

const hello = () => make("div", { class: "hello" }, make("strong", {}, "Nothing here yet"), make("span", {}, "Text JOIN to become the first fan."));
const typing = () => make("div", { class: "line typing", "aria-hidden": "true" }, make("div", { class: "bubble" }, make("i"), make("i"), make("i")));

export async function send(body) {
  const number = current;
  const error = $("send-error");
  const picture = $("picture").checked;
  error.hidden = true;
  waiting += 1;
  try {
    const text = call("POST", "/texts", { from: number, to: $("sender").value, body, picture });
    $("picture").checked = false;
    refreshScreen();
    await text;
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  } finally {
    waiting -= 1;
    await refreshScreen();
    $("screen").scrollTop = $("screen").scrollHeight;
  }
}
