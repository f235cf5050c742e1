export interface LicenceEntry {
  readonly name: string;
  readonly version?: string;
  /** As SPDX writes it: `MIT`. */
  readonly identifier?: string;
  readonly text?: string;
  /** Name of the text's file in build/licences, without `.txt`; by default the package's name. */
  readonly file?: string;
}
/** Makes out/THIRD-PARTY-LICENCES.txt of the bundlers' lists and removes these. Raises when a licence has no text. */
export function writeThirdPartyLicences(): void;
/** One section a package, by name; a package of several bundles has one. Raises when a licence has no text. */
export function licencesText(entries: readonly LicenceEntry[]): string;
