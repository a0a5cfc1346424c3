// Starts Swagger UI on the appliance's own document. Requests go out as whoever is signed in: the cookie goes along by itself.
const page = document.getElementById("docs");
const dark = matchMedia("(prefers-color-scheme: dark)");

/** The appearance chosen in the admin UI, else the system's. */
function follow() {
  let theme = null;
  try { theme = localStorage.getItem("theme"); } catch { /* storage is switched off: the system's holds */ }
  const isDark = theme === "dark" || (theme !== "light" && dark.matches);
  document.documentElement.classList.toggle("dark-mode", isDark);
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
}

/** Shows the server that a write comes from this page; without that a session's cookie counts for nothing. */
function fromHere(request) {
  if ((request.method ?? "GET").toUpperCase() !== "GET") request.headers["X-Requested-With"] = "recoger";
  return request;
}

/** What Swagger UI leaves outside of any landmark gets one. */
function shown() {
  mark(".information-container", "region", "About this API");
  mark(".filter-container", "search", "Operations");
  page.removeAttribute("aria-busy");
}

function mark(selector, role, label) {
  const element = page.querySelector(selector);
  element?.setAttribute("role", role);
  element?.setAttribute("aria-label", label);
}

follow();
dark.addEventListener("change", follow);
globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: page,
  layout: "BaseLayout",
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  requestInterceptor: fromHere,
  onComplete: shown,
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
});
