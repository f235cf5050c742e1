export type { DoctorAction } from './finding.ts';
export type { AgentState } from './interpret/agent.ts';
export type { DoctorReport, DoctorStep, StepId, StepState } from './report.ts';
export { DoctorService, type DoctorOptions, type DoctorServiceOptions } from './service.ts';
