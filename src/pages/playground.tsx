import Layout from '@theme/Layout';
import Playground from '../components/Playground/index.tsx';
import styles from './playground.module.css';

/** Code of one's own, with the whole library. */
export default function PlaygroundPage() {
  return (
    <Layout
      title="Playground"
      description="Write TypeScript with the whole library: build a machine, run an experiment, draw what came out. Nothing leaves this browser."
    >
      <main className={styles.page}>
        <h1>Playground</h1>
        <p className={styles.lead}>
          TypeScript with the whole library, run in this browser. Your files stay here; a link carries the
          code itself.
        </p>
        <Playground />
      </main>
    </Layout>
  );
}
