// What does each package of components change for this guest?
import { run } from 'ringside';

const profile = 'windows-2003-sp2';

for (const pack of ['none', 'beta', 'rtm', 'current'] as const) {
  const { metrics } = run('integration-components', {
    profile,
    package: pack,
  });
  console.log(`${pack}: ${metrics.deviceIntercepts} stops for devices`, {
    emulated: metrics.emulated,
    synthetic: metrics.synthetic,
    refused: metrics.refused,
  });
}
