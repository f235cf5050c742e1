import * as v from 'valibot';

const address = v.pipe(v.string(), v.maxLength(2000));

/**
 * What a person chose, and where they were. Every field has a default, so that a file of an older version stays
 * readable; unknown fields of a newer one are kept out.
 */
export const settingsSchema = v.object({
  theme: v.optional(v.picklist(['system', 'light', 'dark']), 'system'),
  /** `reduce` stops animations even where the system does not ask for it. */
  motion: v.optional(v.picklist(['system', 'reduce']), 'system'),
  /** A native notification when a deployment ends while the window is not in front. */
  notifications: v.optional(v.boolean(), true),
  /** Whether the first-run tour was finished or dismissed. */
  tourDone: v.optional(v.boolean(), false),
  /** The page shown last, as its address `#/...`; empty at the first start. */
  lastRoute: v.optional(address, ''),
  /** The device opened last; empty when none was. */
  lastDeviceId: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

export const defaultSettings: Settings = v.parse(settingsSchema, {});

/** Some fields of the settings, for an update; a field left out stays as it is. */
export const settingsChangeSchema = v.partial(
  v.object({
    theme: settingsSchema.entries.theme.wrapped,
    motion: settingsSchema.entries.motion.wrapped,
    notifications: settingsSchema.entries.notifications.wrapped,
    tourDone: settingsSchema.entries.tourDone.wrapped,
    lastRoute: settingsSchema.entries.lastRoute.wrapped,
    lastDeviceId: settingsSchema.entries.lastDeviceId.wrapped,
  }),
);

export type SettingsChange = v.InferOutput<typeof settingsChangeSchema>;
