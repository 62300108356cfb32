import groups from '@generated/ringside-truth/default/snippets.json';
import Layout from '@theme/Layout';
import SnippetLibrary from '../components/SnippetLibrary/index.tsx';
import styles from './gallery.module.css';

/** Short programs by concept, each tested. */
export default function Snippets() {
  const count = groups.reduce((sum, { cells }) => sum + cells.length, 0);
  return (
    <Layout
      title="Snippets"
      description="Short programs by concept: copy them, run them here, open them in a notebook. Every one is compiled and run by a test."
    >
      <main className={`${styles.page} markdown`}>
        <h1>Snippets</h1>
        <p className={styles.lead}>
          {count} short programs, by concept. Each stands on its own, and what it prints was recorded from its
          run; a test runs all of them. Copy them, change them, run them here, take them away as a file or a
          notebook.
        </p>
        <SnippetLibrary groups={groups} />
      </main>
    </Layout>
  );
}
