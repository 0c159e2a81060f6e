"use strict";
document.documentElement.classList.add("js");
const kept = (key, value) => {
  try {
    return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value);
  } catch {
    return null; // a page that may keep nothing
  }
};
const theme = kept("onelist-theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

const find = (selector, among = document) => among.querySelector(selector);
const all = (selector, among = document) => [...among.querySelectorAll(selector)];

// Light and dark: as the system has it, until the reader chooses.
document.addEventListener("DOMContentLoaded", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const button = find("#theme");
  const label = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    kept("onelist-theme", document.documentElement.dataset.theme);
    label();
  });
  dark.addEventListener("change", label);
  label();
});
