/* Swagger UI has a dark dress of its own, which it puts on by a class: let it follow the reader's system, as our pages do. */
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();
