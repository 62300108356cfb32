// What does a request of your size cost by each road?
import { run, sweep } from 'ringside';

const size = 10_240; // bytes; try 512 or 65_536

const emulated = run('two-roads', { mode: 'dma', size });
const synthetic = run('two-roads', { mode: 'synthetic', size });
show(emulated, synthetic);

const roads = sweep('two-roads', 'mode', undefined, { size });
for (const { params, metrics } of roads.runs)
  console.log(`${params.mode}: ${metrics.deviceIntercepts} stops`);
