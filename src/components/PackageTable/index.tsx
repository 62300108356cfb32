/** The packages, what their drivers speak, and how each of that is known. */
import type { PackageLine } from '../../plugins/truth/devices.ts';
import { ScrollTable } from '../Layout/ScrollTable.tsx';

const KNOWN: Readonly<Record<string, string>> = {
  read: 'read',
  inferred: 'inferred',
  recalled: 'from memory',
};

export default function PackageTable({ data }: { data: readonly PackageLine[] }) {
  return (
    <>
      <ScrollTable>
        <thead>
          <tr>
            <th scope="col">Package</th>
            <th scope="col">Build</th>
            <th scope="col">VMBus</th>
            <th scope="col">Storage</th>
            <th scope="col">Data exchange</th>
            <th scope="col">How it reaches a guest</th>
          </tr>
        </thead>
        <tbody>
          {data.map(({ id, title, version, vmbus, storage, exchange, delivered }) => (
            <tr key={id}>
              <th scope="row">{title}</th>
              <td>{version}</td>
              <td>{vmbus}</td>
              <td>{storage}</td>
              <td>{exchange}</td>
              <td>{delivered}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {data.map(({ id, title, drivers, evidence, source }) => (
        <details key={id}>
          <summary>
            {title}: {drivers.length} drivers
          </summary>
          <p>
            Build and versions {KNOWN[evidence]}: {source}.
          </p>
          <ul>
            {drivers.map((driver) => (
              <li key={driver.id}>
                <code>{driver.id}</code>, {driver.title}; ids in {driver.listedIn}. {KNOWN[driver.evidence]}:{' '}
                {driver.source}.
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}
