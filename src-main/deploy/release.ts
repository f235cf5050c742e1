import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { settingsSchema } from './settings.ts';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** What makes a release what it is: two deployments with the same content have the same id. */
const contentSchema = v.object({
  agentVersion: v.string(),
  /** Files beside `release.json`, with their SHA-256. */
  files: v.array(v.object({ name: v.string(), sha256 })),
  settings: settingsSchema,
  /** What the agent is started with, after its own file. */
  args: v.array(v.string()),
  service: v.picklist(['system', 'user', 'plain']),
  runtime: v.object({
    /** Absolute path of the `node` that runs the agent. */
    node: v.string(),
    version: v.string(),
    /** Folder name under `runtimes/` when the app brought it, null when it was found on the target. */
    carried: v.nullable(v.string()),
  }),
  /** Text of the systemd unit, with `@RELEASE@` for the release's id; null for a plain process. */
  unit: v.nullable(v.string()),
  /** Text of the avahi service file; null when it is not announced. */
  avahi: v.nullable(v.string()),
});
export type ReleaseContent = v.InferOutput<typeof contentSchema>;

/** `release.json`: written last into its folder, so a folder without it was never finished. */
export const releaseSchema = v.object({
  ...contentSchema.entries,
  format: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,80}$/)),
  /** Milliseconds since the epoch, by the deploying computer's clock. */
  deployedAt: v.number(),
  /** Who deployed: `ana@laptop`. */
  deployedBy: v.string(),
});
export type Release = v.InferOutput<typeof releaseSchema>;

/** The folder name of a release: its version, and eight digits of what it contains. */
export function releaseId(content: ReleaseContent): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(v.parse(contentSchema, content)))
    .digest('hex');
  return `${content.agentVersion.replace(/[^A-Za-z0-9.-]/g, '_')}-${digest.slice(0, 8)}`;
}

/** What stands for the id in a unit's text, which is part of what the release is named after. Neither is ever quoted. */
export const RELEASE_PLACEHOLDER = '@RELEASE@';

/** The unit as it is installed; null for a plain process. */
export function unitOf(release: Release): string | null {
  return release.unit?.replaceAll(RELEASE_PLACEHOLDER, release.id) ?? null;
}

export function makeRelease(content: ReleaseContent, by: { readonly at: number; readonly who: string }): Release {
  return { ...content, format: 1, id: releaseId(content), deployedAt: by.at, deployedBy: by.who };
}
