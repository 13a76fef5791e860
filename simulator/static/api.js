// The control API, and the few helpers that every part of the page draws with.

export async function call(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(`/control${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `The carrier answered ${response.status}`);
  return answer;
}

export const $ = (id) => document.getElementById(id);

// Text only ever enters the page as text, so that a hostile body stays a body.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function pretty(number) {
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

export function avatar(number, element = make("span", { class: "avatar", "aria-hidden": "true" })) {
  element.textContent = number.slice(-2);
  element.dataset.hue = String([...number].reduce((sum, digit) => sum * 7 + digit.charCodeAt(0), 0) % 6);
  return element;
}

export function clock(seconds, withSeconds = false) {
  const options = { hour: "2-digit", minute: "2-digit", ...(withSeconds && { second: "2-digit" }) };
  return new Date(seconds * 1000).toLocaleTimeString([], options);
}

export const grouped = (number) => number.toLocaleString("en-US");
