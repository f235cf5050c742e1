export { collectNetwork, type CollectOptions, type ScriptRunner } from './collect/collector.ts';
export { explainText, type Explanation } from './explain/explain.ts';
export { interfaceKind } from './model/kind.ts';
export { parseNeighbours } from './parse/neighbours.ts';
export * from './pure.ts';
export { NetworkService, type NetworkServiceOptions } from './service.ts';
