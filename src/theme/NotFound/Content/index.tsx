import Link from '@docusaurus/Link';
import styles from './styles.module.css';

/** An address that nobody claimed answers as such a port does. */
export default function NotFoundContent() {
  return (
    <main className={styles.page}>
      <p className={styles.read} aria-hidden="true">
        0xFFFFFFFF
      </p>
      <h1>No page has claimed this address</h1>
      <p>
        A port that no device has claimed is still intercepted: the guest leaves, the worker process finds
        nobody to ask, and the read returns all ones. This one cost you seven ring transitions.
      </p>
      <p>
        <Link to="/">Start at the first page</Link>, or look at the bar above.
      </p>
    </main>
  );
}
