import cards from '@generated/ringside-truth/default/gallery.json';
import Layout from '@theme/Layout';
import GalleryCards from '../components/GalleryCards/index.tsx';
import styles from './gallery.module.css';

/** Every experiment in every preset. */
export default function Gallery() {
  return (
    <Layout
      title="Gallery"
      description="Every experiment in every preset, as pictures of their runs. Each opens the page at that setting."
    >
      <main className={styles.page}>
        <h1>Gallery</h1>
        <p className={styles.lead}>
          Every experiment in every preset. The pictures are the runs themselves: six lanes from the guest’s
          applications at the top to the hardware at the bottom, time from left to right. Each opens its page
          at that setting.
        </p>
        <GalleryCards data={cards} />
      </main>
    </Layout>
  );
}
