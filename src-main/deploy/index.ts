export { DeployService, type DeployServiceOptions } from './deploy-service.ts';
export type { Finding, FindingLevel } from './findings.ts';
export type { JobKind, JobResult, JobSnapshot, StepSnapshot } from './job.ts';
export { lastLogLines } from './log.ts';
export { DeployMany, type ManyChange, type ManyRow, type ManySnapshot } from './many.ts';
export { OptionsStore } from './options-store.ts';
export { RuntimeStore, type RuntimeStoreOptions } from './runtime/runtime-store.ts';
export type { AgentSettings, DeployOptions, LedDriver, ServiceKind } from './settings.ts';
export type { DeploySnapshot, InstalledAgent, ReleaseSummary } from './snapshot.ts';
