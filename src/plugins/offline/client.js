/**
 * Keeps the book on the reader's device, so that it can be read without a network. The rule for a new version: it is fetched beside the old
 * one, the page says that it is there, and it is used when the reader says so or has closed the book. Nothing changes under a reader.
 */
import siteConfig from '@generated/docusaurus.config';
import './notice.css';

// A book that was opened from a disk finds its parts beside it.
if (typeof window !== 'undefined' && window.__ringsideDisk)
  __webpack_public_path__ = window.__ringsideDisk.root;

/** On a machine of one's own the book is there anyway; an author would see an old one. */
function wanted() {
  try {
    return window.location.protocol === 'https:' || localStorage.getItem('ringside.offline') === 'yes';
  } catch {
    return false;
  }
}

async function keepBook() {
  const registration = await navigator.serviceWorker.register(`${siteConfig.baseUrl}sw.js`);
  // What waits from an earlier visit, and what comes during this one. The first version of all has nothing to replace.
  const tell = (worker) => worker && navigator.serviceWorker.controller && announce(worker);
  tell(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => coming.state === 'installed' && tell(coming));
  });
}

function announce(worker) {
  if (document.getElementById('new-version')) return;
  const notice = document.createElement('div');
  notice.id = 'new-version';
  notice.setAttribute('role', 'status');
  const button = (text, act) => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = text;
    element.addEventListener('click', act);
    return element;
  };
  const use = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), {
      once: true,
    });
    worker.postMessage('use');
  };
  notice.append(
    'A new version of this book is there. ',
    button('Read the new one', use),
    button('Not now', () => notice.remove()),
  );
  document.body.append(notice);
}

if (
  typeof window !== 'undefined' &&
  process.env.NODE_ENV === 'production' &&
  'serviceWorker' in navigator &&
  wanted()
)
  window.addEventListener('load', () => void keepBook().catch(() => {}), { once: true });
