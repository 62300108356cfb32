import BrowserOnly from '@docusaurus/BrowserOnly';
import Head from '@docusaurus/Head';
import { lazy, Suspense } from 'react';

const EmbeddedRun = lazy(() => import('../components/EmbeddedRun/index.tsx'));

/** One experiment without the site around it: `/embed?line=…`. The Share panel of every figure writes such addresses. */
export default function Embed() {
  return (
    <>
      <Head>
        <title>An experiment of Ringside</title>
        <meta name="robots" content="noindex" />
      </Head>
      {/* Named, since the page around it has a main part of its own. */}
      <main aria-label="An experiment of Ringside">
        <h1 className="visually-hidden">An experiment of Ringside</h1>
        <noscript>This experiment runs in the browser and needs JavaScript.</noscript>
        <BrowserOnly>
          {() => (
            <Suspense fallback={<p>Loading …</p>}>
              <EmbeddedRun />
            </Suspense>
          )}
        </BrowserOnly>
      </main>
    </>
  );
}
