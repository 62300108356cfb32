/** What the models leave out, experiment by experiment. */
import Link from '@docusaurus/Link';

export default function LimitList({
  data,
}: {
  data: readonly { title: string; page: string; limits: readonly string[] }[];
}) {
  return data.map(({ title, page, limits }) => (
    <section key={page}>
      <h3>
        <Link to={page}>{title}</Link>
      </h3>
      <ul>
        {limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
    </section>
  ));
}
