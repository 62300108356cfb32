/** What a run of `integration-components` reports, in numbers. */
import type { Metric } from '../lab/experiment.ts';
import { countMetric } from '../lab/metrics.ts';

const version = (label: string, doc: string): Metric => ({ label, unit: '', better: 'neither', doc });
const micros = (label: string, doc: string): Metric => ({ label, unit: 'µs', better: 'lower', doc });

export const componentsMetrics = {
  deviceInterceptsBefore: countMetric(
    'Device intercepts before',
    'Of the same work, before the installation.',
  ),
  deviceIntercepts: countMetric(
    'Device intercepts after',
    'Exits that the worker process had to answer during the work after the installation.',
  ),
  hypervisorExitsBefore: countMetric('Hypervisor exits before', 'Of the same work, before the installation.'),
  hypervisorExits: countMetric(
    'Hypervisor exits after',
    'Exits that the hypervisor answered by itself during the work after the installation.',
  ),
  microsecondsBefore: micros(
    'Time before',
    'Time of the work before the installation, without the keys, which come at their own pace.',
  ),
  microseconds: micros('Time after', 'The same after it. A disk that has come up has work of its own.'),
  bootDiskBefore: countMetric('Boot disk, intercepts before', 'Device intercepts for the boot disk’s data.'),
  bootDisk: countMetric('Boot disk, intercepts after', 'Device intercepts for the boot disk’s data.'),
  dataDisk: countMetric(
    'Data disk, requests after',
    'Reads and writes of the synthetic controller’s disk: 0 when the guest does not see it.',
    'neither',
  ),
  control: countMetric(
    'Control commands, intercepts after',
    'Device intercepts for IDENTIFY and CHECK POWER MODE to the emulated disk.',
  ),
  clock: countMetric('Clock, intercepts after', 'Device intercepts for reading the clock.'),
  keys: countMetric('Keys, intercepts after', 'Device intercepts for keys that somebody pressed.'),
  startIntercepts: countMetric(
    'Intercepts of the last start',
    'Device intercepts from power-on until all drivers have started: firmware, text screen, search for devices.',
  ),
  emulatedBefore: countMetric('Emulated devices before', 'Devices of a PC that the guest found.', 'neither'),
  emulated: countMetric('Emulated devices after', 'Devices of a PC that the guest found.', 'neither'),
  syntheticBefore: countMetric(
    'Synthetic devices before',
    'Devices on VMBus, the bus included, that have a driver at work.',
    'neither',
  ),
  synthetic: countMetric(
    'Synthetic devices after',
    'Devices on VMBus, the bus included, that have a driver at work.',
    'neither',
  ),
  unknownBefore: countMetric('Devices without a driver before', 'What a device manager marks.'),
  unknown: countMetric('Devices without a driver after', 'What a device manager marks.'),
  offers: countMetric('Offers of the host', 'Devices that the host has on VMBus for this guest.', 'neither'),
  copied: countMetric(
    'Drivers copied',
    'Drivers of the package that are on the guest’s disk now.',
    'neither',
  ),
  kept: countMetric('Newer drivers kept', 'Drivers of the package that were not copied.', 'neither'),
  downgraded: countMetric('Drivers taken back', 'Drivers copied over newer ones.'),
  startedAtOnce: countMetric('Started at once', 'Devices that began to work without a restart.', 'neither'),
  waiting: countMetric('Drivers that wait', 'Drivers that can only begin, or be replaced, at a restart.'),
  refused: countMetric('Package refused', '1 when the installer copied nothing.', 'neither'),
  vmbusBefore: version('VMBus before', 'Agreed version of the protocol, 0 without a connection.'),
  vmbus: version('VMBus after', 'Agreed version of the protocol, 0 without a connection.'),
  tried: countMetric('Versions tried', 'Versions that the guest asked for at its last start.'),
  storage: version('Storage protocol after', 'Agreed version for the disks on VMBus, 0 without.'),
  services: countMetric(
    'Services that answer',
    'Of five integration services, those that agreed on versions and answer.',
    'higher',
  ),
  servicesBefore: countMetric('Services that answered before', 'The same before the installation.', 'higher'),
  framework: version('Service framework after', 'Agreed version of the services’ common frame, 0 without.'),
  running: countMetric('Runs at the end', '1 when the guest has a disk and runs.', 'higher'),
  breaches: countMetric(
    'Breaches of ownership',
    'Data commands to the boot disk by a driver that did not own it, or while two did.',
  ),
  intact: countMetric(
    'Bytes intact',
    '1 when every byte read was the one on the disk, and every byte written arrived.',
    'higher',
  ),
} satisfies Record<string, Metric>;

export type ComponentsMetric = keyof typeof componentsMetrics;
