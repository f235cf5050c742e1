export { describeProblem, hostAndPort } from './problem.ts';
export type { Activity, CertificateSummary, FailedAttempt, Problem, ProblemContext } from './problem.ts';
export { certificateMeaning } from './tls-errors.ts';
export { KNOWN_SYSTEM_ERRORS, systemErrorMeaning } from './system-errors.ts';
