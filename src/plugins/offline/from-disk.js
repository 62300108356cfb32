/*
 * The first script of every page of the book in a folder. A page that is opened from a disk may load scripts and styles, but neither read
 * files nor start workers from them; so what the book reads, and its workers, lie beside the files as scripts that hand over a text.
 */
(() => {
  const { root: up, page } = document.currentScript.dataset;
  const root = new URL(up, window.location.href).href;

  const fileOf = (pathname) => {
    const path = pathname.replace(/^\//, '').replace(/\/$/, '');
    if (path === '') return `${root}index.html`;
    return root + (/\.[a-z0-9]+$/.test(path) ? path : `${path}.html`);
  };
  window.__ringsideDisk = { root, page, fileOf };

  const texts = new Map();
  window.__ringsideText = (name, text) => texts.get(name)?.take(text);

  /** The text of a file of the book. */
  function textOf(url) {
    const name = new URL(url, window.location.href).href.split(/[?#]/)[0].slice(root.length);
    const known = texts.get(name);
    if (known) return known.text;
    const entry = {};
    entry.text = new Promise((take, fail) => {
      entry.take = take;
      const script = document.createElement('script');
      script.src = `${root + name}.text.js`;
      script.onerror = () => {
        texts.delete(name);
        fail(new TypeError(`${name} is not part of the book in a folder`));
      };
      document.head.append(script);
    });
    texts.set(name, entry);
    return entry.text;
  }

  const fetchFromNet = window.fetch.bind(window);
  /** An address from the root of the site is one from the root of the folder. */
  const inBook = (address) =>
    /^\/(?!\/)/.test(address) ? root + address.slice(1) : new URL(address, window.location.href).href;
  window.fetch = async (what, options) => {
    const url = inBook(String(what.url ?? what));
    return url.startsWith('file:') ? new Response(await textOf(url)) : fetchFromNet(what, options);
  };

  const RealWorker = window.Worker;
  window.Worker = class extends EventTarget {
    onmessage = null;
    onerror = null;
    #real;
    #waiting = [];
    #ended = false;

    constructor(url) {
      super();
      textOf(url).then(
        (text) => this.#start(text),
        ({ message }) => this.#tell('error', new ErrorEvent('error', { message, cancelable: true })),
      );
    }

    #start(text) {
      if (this.#ended) return;
      const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
      this.#real = new RealWorker(address);
      this.#real.onmessage = ({ data }) => this.#tell('message', new MessageEvent('message', { data }));
      this.#real.onerror = (event) => {
        event.preventDefault();
        this.#tell('error', new ErrorEvent('error', { message: event.message, cancelable: true }));
      };
      for (const args of this.#waiting) this.#real.postMessage(...args);
    }

    #tell(kind, event) {
      if (this.#ended) return;
      this[`on${kind}`]?.(event);
      this.dispatchEvent(event);
    }

    postMessage(...args) {
      if (this.#real) this.#real.postMessage(...args);
      else this.#waiting.push(args);
    }

    terminate() {
      this.#ended = true;
      this.#real?.terminate();
    }
  };
})();
