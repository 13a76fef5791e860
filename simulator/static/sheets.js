// The two other views: the mailbox, and the log of webhook posts.
import { $, call, clock, make } from "./api.js";

export async function drawMailbox() {
  const { letters, smtp_port: port } = await call("GET", "/mailbox");
  $("mailbox-hint").textContent = port
    ? `Everything mailed to 127.0.0.1 port ${port} arrives here, whoever it is for.`
    : "The mailbox is off: start the simulator with --smtp-port 8025.";
  const drawn = letters.map((letter) => make("article", { class: "letter", "data-testid": "letter" },
    make("header", {},
      make("h3", {}, letter.subject || "(no subject)"),
      make("p", {}, `${letter.sender} to ${letter.recipients.join(", ")} · ${clock(letter.at, true)}`)),
    make("pre", {}, letter.body)));
  $("letters").replaceChildren(...(drawn.length ? drawn : [make("p", { class: "empty" }, "No letters yet.")]));
}

export async function drawWebhooks() {
  const { posts } = await call("GET", "/webhooks?limit=200");
  const rows = posts.map((post) => {
    const good = post.status >= 200 && post.status < 300;
    const answer = make("td", { class: good ? "good" : "bad" }, post.status ? String(post.status) : "no answer");
    const again = post.attempt ? `, attempt ${post.attempt + 1}` : "";
    return make("tr", {},
      make("td", {}, clock(post.at, true)),
      make("td", {}, (post.kind === "inbound" ? "Inbound text" : `Receipt: ${post.label}`) + again),
      make("td", {}, make("code", {}, `${post.sid.slice(0, 10)}…`)),
      answer,
      make("td", {}, `${post.milliseconds} ms`));
  });
  $("posts").replaceChildren(...rows);
}
