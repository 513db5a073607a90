
// Follows the server that the page came from: each change of the store brings a new edition, which
// takes the page's place while its reader stays where they are.
(() => {
  const said = document.createElement("p");
  said.className = "live";
  said.setAttribute("role", "status");
  const say = (mark, text) => {
    const icon = document.createElement("span");
    icon.setAttribute("aria-hidden", "true");
    icon.append(`${mark} `);
    said.replaceChildren(icon, text);
  };
  const place = () => document.querySelector(".top .name").append(said);
  const edition = () => document.querySelector(".top time").dateTime;
  const named = (node) => (node.id ? `#${CSS.escape(node.id)}`
    : node.matches("a[href]") ? `a[href="${CSS.escape(node.getAttribute("href"))}"]` : null);

  const renew = async () => {
    const answer = await fetch("/", { cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !next.getElementById("data")) return;
    const focus = document.activeElement ?? document.body;
    const again = named(focus), selected = focus.matches("input[type=search]") && [focus.selectionStart, focus.selectionEnd];
    const [left, top] = [scrollX, scrollY];
    running.abort();
    document.body.replaceChildren(...next.body.childNodes);
    running = begin();
    place();
    if (again) document.querySelector(again)?.focus({ preventScroll: true });
    if (selected) document.activeElement.setSelectionRange?.(...selected);
    scrollTo(left, top);
    say("●", `Follows the store; new at ${new Date(edition()).toLocaleTimeString()}`);
  };

  let renewing = Promise.resolve();
  const events = new EventSource("/events");
  events.addEventListener("message", ({ data: newest }) => {
    say("●", "Follows the store");
    renewing = renewing.then(() => (newest === edition() ? null : renew())).catch(lost);
  });
  events.addEventListener("stalled", ({ data: reason }) => {
    renewing = renewing.then(() => say("○", `Not renewed: ${reason}. This is as of ${new Date(edition()).toLocaleTimeString()}`));
  });
  const lost = () => say("○", `Not connected: this is as of ${new Date(edition()).toLocaleTimeString()}`);
  events.addEventListener("error", lost);
  place();
})();
