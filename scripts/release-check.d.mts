export interface ReleaseFiles {
  readonly packageJson: string;
  readonly builderConfig: string;
}
/** What still has to be decided, a sentence each; empty when a release may be made. Takes the two files' texts. */
export function releaseProblems(files: ReleaseFiles): string[];
