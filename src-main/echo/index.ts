export type { HistogramBins } from './histogram.ts';
export * from './options.ts';
export * from './report.ts';
export { EchoService, type EchoDestination } from './service.ts';
export type { RoundTrips } from './statistics.ts';
export type { EchoRunSummary } from './store.ts';
export type { TimelineColumns } from './timeline.ts';
