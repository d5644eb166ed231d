/* What a visitor's page needs: the menu on a phone, copying a text, focus on the error summary. */
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    var toggle = event.target.closest("[data-sd-toggle]");
    if (toggle) {
      var target = document.getElementById(toggle.getAttribute("data-sd-toggle"));
      var open = target.classList.toggle("is-open");
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    if (event.target.closest("[data-sd-print]")) { window.print(); return; }
    var copy = event.target.closest("[data-sd-copy]");
    if (copy && navigator.clipboard) {
      var source = document.getElementById(copy.getAttribute("data-sd-copy"));
      navigator.clipboard.writeText(source.textContent.trim()).then(function () {
        copy.querySelector("[data-sd-copied]").hidden = false;
      });
    }
  });

  // A doubled click sends a form once; the server refuses a doubled one as well.
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    // A preview in a new tab leaves the form here, to be sent afterwards.
    if (event.submitter && event.submitter.formTarget === "_blank") return;
    if (event.target.dataset.sdSent) { event.preventDefault(); return; }
    event.target.dataset.sdSent = "1";
    setTimeout(function () { delete event.target.dataset.sdSent; }, 8000);
  });

  var summary = document.querySelector("[data-sd-focus]");
  if (summary) summary.focus();
})();
