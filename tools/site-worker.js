// A page that is opened from a disk may start no worker, and search is one. Here it runs in a hidden frame instead.
"use strict";
if (location.protocol === "file:") {
  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      window.addEventListener("message", (event) => {
        if (event.source !== this.frame.contentWindow) return;
        const heard = new MessageEvent("message", { data: event.data });
        this.dispatchEvent(heard);
        if (typeof this.onmessage === "function") this.onmessage(heard);
      });
      this.ready = new Promise((done) => {
        this.frame.addEventListener("load", done, { once: true });
        const answer = "postMessage = (data) => parent.postMessage(data, '*');";
        this.frame.srcdoc = `<script>${answer}</script><script src="${new URL(url, location.href)}"></script>`;
      });
      document.body.append(this.frame);
    }
    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() {
      this.frame.remove();
    }
  }
  window.Worker = FrameWorker;
}
