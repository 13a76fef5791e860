// The list of phones, the newest line first, with a dot where something is unread.
import { $, avatar, call, clock, grouped, make, pretty } from "./api.js";
import { currentNumber } from "./screen.js";

const seen = new Map();
let baseline = false;

export const markSeen = (phone) => seen.set(phone.number, phone.entries);

export async function refreshList(choose) {
  const wanted = $("search").value.replace(/[^\d+]/g, "");
  const { phones, total } = await call("GET", `/phones?limit=60&q=${encodeURIComponent(wanted)}`);
  // What was there before the page was opened counts as read.
  if (!baseline) phones.forEach(markSeen);
  baseline = true;
  $("phone-count").textContent = grouped(total);
  const focused = document.activeElement?.dataset?.number;
  const items = phones.map((phone) => drawPhone(phone, choose));
  if (!wanted && total > phones.length) {
    items.push(make("li", { class: "hint more" }, `and ${grouped(total - phones.length)} more; find one by number`));
  }
  $("phones").replaceChildren(...items);
  if (focused) $("phones").querySelector(`[data-number="${CSS.escape(focused)}"]`)?.focus();
  return phones;
}

function drawPhone(phone, choose) {
  const isCurrent = phone.number === currentNumber();
  if (isCurrent) markSeen(phone);
  const last = phone.last;
  const fromOutside = last && !(last.kind === "message" && last.from_phone);
  const unread = fromOutside && phone.entries > (seen.get(phone.number) ?? 0);
  const button = make("button", {
    type: "button",
    class: `phone${unread ? " is-unread" : ""}`,
    "data-number": phone.number,
    "data-testid": "phone",
    "aria-current": isCurrent ? "true" : null,
  });
  button.append(
    avatar(phone.number),
    make("span", { class: "who" }, pretty(phone.number)),
    make("span", { class: "when" }, last ? clock(last.at) : ""),
    make("span", { class: "last" }, summary(last)),
    unread ? make("span", { class: "unread", role: "img", "aria-label": "Unread" }) : make("span"),
  );
  button.addEventListener("click", () => choose(phone.number));
  return make("li", {}, button);
}

function summary(last) {
  if (!last) return "No messages";
  if (last.kind === "note") return last.text;
  const words = last.body || (last.media.length ? "Picture" : "empty text");
  return last.from_phone ? `You: ${words}` : words;
}
