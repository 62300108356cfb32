/** How an experiment is declared, run, swept, judged, drawn and handed on. */

export type { MetricRow } from './account.ts';
export { eventList, markdownTable, metricRows, summary } from './account.ts';
export { chromeTraceOf } from './chrome-trace.ts';
export type { Judgement, Verdict } from './claims.ts';
export { judge } from './claims.ts';
export { ConsoleMachine } from './console.ts';
export type { CurveOptions } from './curves.ts';
export { curvesSvg } from './curves.ts';
export type { DeviceRow } from './device-table.ts';
export { DeviceTable } from './device-table.ts';
export { diagramOf } from './diagram.ts';
export type { Difference, Parting } from './difference.ts';
export { differenceOf } from './difference.ts';
export { differenceText } from './difference-text.ts';
export { digestOf } from './digest.ts';
export type {
  AnyExperiment,
  Bet,
  Claim,
  Experiment,
  Findings,
  Goal,
  Metric,
  Preset,
  Series,
  StateLog,
  Table,
  View,
} from './experiment.ts';
export { defineExperiment } from './experiment.ts';
export type { FigureOptions } from './figure.ts';
export { barsSvg, compareSvg, lanesSvg } from './figure.ts';
export type { Fold } from './fold.ts';
export { fold } from './fold.ts';
export { formatCount, formatCycles } from './format.ts';
export type { PhaseRecord, StartOptions } from './generation-boot.ts';
export { GenerationBoot } from './generation-boot.ts';
export type { Addition, DiskBus, Generation, GenerationOptions } from './generation-machine.ts';
export { GenerationMachine } from './generation-machine.ts';
export type { RoadMode, RoadOptions } from './guests.ts';
export { bootRoad } from './guests.ts';
export type { HostServices } from './integration.ts';
export { ServicedMachine } from './integration.ts';
export type { CostLevel, LabOptions } from './lab.ts';
export { Lab } from './lab.ts';
export type { Lane, LaneSpan } from './lanes.ts';
export { busyByPlace, extent, lanesOf } from './lanes.ts';
export type { Entry } from './ledger.ts';
export { Ledger } from './ledger.ts';
export type { LineParts, ParsedLine } from './line.ts';
export { DEFAULT_SEED, formatLine, readQuery, splitLine } from './line.ts';
export type { MachineOptions } from './machines.ts';
export { Machine } from './machines.ts';
export type {
  BootImage,
  BootImagePlan,
  DiskPlan,
  ImageFile,
  MadeFileSystem,
  PartitionPlan,
} from './media/index.ts';
export { makeBootImage, makeDiskImage, seededBytes } from './media/index.ts';
export { movedBy } from './moved-by.ts';
export { LANE_ORDER, LANE_TITLES, PALETTE } from './palette.ts';
export type {
  ChoiceParam,
  CountParam,
  FlagParam,
  Param,
  ParamTable,
  ParamValue,
  SizeParam,
  ValueOf,
  Values,
} from './params.ts';
export { checkValue, choice, count, defaultsOf, flag, formatValue, parseValue, size } from './params.ts';
export type { Recording, RouteData, StageData } from './recording.ts';
export { routeData } from './recording.ts';
export type { Run, RunOptions } from './run.ts';
export { checkParams, runExperiment } from './run.ts';
export type { Influence, Sensitivity } from './sensitivity.ts';
export { sensitivityOf } from './sensitivity.ts';
export { cliLine, csvOf, notebookOf, snippet } from './share.ts';
export { imageOf, onPaper, seriesOf, sweepTable } from './show.ts';
export type { SmpOptions, SmpPartition } from './smp.ts';
export { SmpMachine } from './smp.ts';
export type { Sweep } from './sweep.ts';
export { spread, sweepExperiment } from './sweep.ts';
export type { UseQuestion, UseReason, Uses } from './uses.ts';
export { decideUses, inUse } from './uses.ts';
export type { VpSpan } from './vp-lanes.ts';
export { firstSpans, vpLanesSvg, vpSpans } from './vp-lanes.ts';
