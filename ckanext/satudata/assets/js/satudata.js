/* What a visitor's page needs: the menu on a phone, copying a text, what is being made, focus on the error summary. */
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

  // Escape closes an open menu and leads back to its button.
  document.addEventListener("keydown", function (event) {
    var button = event.key === "Escape" && document.querySelector("[data-sd-toggle][aria-expanded=true]");
    if (button) { button.click(); button.focus(); }
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

  // What is being made: looked at again every so many seconds; once it is over, the page is loaded anew.
  var live = document.querySelector("[data-sd-live]");
  if (live) setTimeout(function look() {
    fetch(location.href).then(function (answer) { return answer.text(); }).then(function (text) {
      var now = new DOMParser().parseFromString(text, "text/html").getElementById(live.id);
      if (!now) { location.reload(); return; }
      if (now.innerHTML !== live.innerHTML) live.innerHTML = now.innerHTML;
      setTimeout(look, 1000 * live.dataset.sdLive);
    }, function () { setTimeout(look, 1000 * live.dataset.sdLive); });
  }, 1000 * live.dataset.sdLive);

  var summary = document.querySelector("[data-sd-focus]");
  if (summary) summary.focus();
})();
