import type { DoctorReport, DoctorStep, StepId } from '../../../src-main/doctor/index.ts';

/** A step of a report, which must have it. */
export function stepIn(report: DoctorReport, id: StepId): DoctorStep {
  const found = report.steps.find((one) => one.id === id);
  if (!found) throw new Error(`The report has no step ${id}.`);
  return found;
}
