// The cards on the right: a crowd, the counters, the carrier's settings.
import { $, call, grouped } from "./api.js";

const PRESETS = {
  calm: {},
  friday: { latency_ms: 60, latency_jitter_ms: 80, receipt_delay_ms: 800, undelivered_share: 0.03, failed_share: 0.01 },
  storm: {
    latency_ms: 120, latency_jitter_ms: 400, receipt_delay_ms: 1500, undelivered_share: 0.08, failed_share: 0.04, silent_share: 0.05,
    rate_limited_share: 0.1, server_error_share: 0.05, reset_before_share: 0.02, reset_after_share: 0.02, receipt_copies: 2, shuffle_receipts: true,
  },
};

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export function startCrowdCard() {
  const count = $("crowd-count");
  const go = $("crowd-go");
  const rename = () => { go.textContent = `Bring ${grouped(Number(count.value) || 0)} fans`; };
  count.addEventListener("input", rename);
  $("crowd").addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    $("crowd-progress").hidden = false;
    try {
      const wanted = { count: Number(count.value), body: $("crowd-body").value, to: $("sender").value };
      await follow(await call("POST", "/crowds", wanted));
    } catch (problem) {
      $("crowd-text").textContent = problem.message;
    } finally {
      go.disabled = false;
    }
  });
}

async function follow(crowd) {
  while (true) {
    $("crowd-bar").max = crowd.total;
    $("crowd-bar").value = crowd.done;
    $("crowd-text").textContent = tell(crowd);
    if (crowd.finished) return;
    await pause(250);
    crowd = await call("GET", `/crowds/${crowd.id}`);
  }
}

function tell(crowd) {
  const reasons = Object.entries(crowd.errors).sort((a, b) => b[1] - a[1]);
  const progress = crowd.finished ? `All ${grouped(crowd.total)} texted` : `${grouped(crowd.done)} of ${grouped(crowd.total)} texted`;
  return reasons.length ? `${progress}; ${grouped(crowd.failed)} failed: ${reasons[0][0]}` : progress;
}

export function drawCounters(counters) {
  for (const name of ["accepted", "delivered", "undelivered", "failed"]) {
    $(`figure-${name}`).textContent = grouped(counters[name]);
  }
  const perSecond = new Map(counters.arrivals);
  const now = Math.floor(counters.now);
  const series = Array.from({ length: 60 }, (_, index) => perSecond.get(now - 59 + index) || 0);
  $("rate").textContent = grouped(series[58]);
  const top = Math.max(...series, 1);
  const points = series.map((value, index) => `${((index / 59) * 120).toFixed(1)},${(30 - (value / top) * 27).toFixed(1)}`);
  $("spark").firstElementChild.setAttribute("d", `M0,32 L${points.join(" L")} L120,32 Z`);
}

export async function startSettingsCard() {
  fill(await call("GET", "/settings"));
  $("settings").addEventListener("submit", (event) => {
    event.preventDefault();
    apply(() => call("PATCH", "/settings", read()), "Applied");
  });
  for (const button of document.querySelectorAll("[data-preset]")) {
    button.addEventListener("click", () => apply(async () => {
      const calm = await call("DELETE", "/settings");
      const preset = PRESETS[button.dataset.preset];
      return Object.keys(preset).length ? call("PATCH", "/settings", preset) : calm;
    }, `${button.textContent} it is`));
  }
}

async function apply(change, words) {
  try {
    fill(await change());
    $("settings-text").textContent = words;
  } catch (problem) {
    $("settings-text").textContent = problem.message;
  }
}

const fields = () => [...$("settings").elements].filter((field) => field.name);

function fill(settings) {
  for (const field of fields()) {
    const value = settings[field.name];
    if (field.type === "checkbox") field.checked = value;
    else field.value = "share" in field.dataset ? Number((value * 100).toFixed(3)) : value;
  }
}

function read() {
  return Object.fromEntries(fields().map((field) => {
    if (field.type === "checkbox") return [field.name, field.checked];
    return [field.name, "share" in field.dataset ? Number(field.value) / 100 : Number(field.value)];
  }));
}
