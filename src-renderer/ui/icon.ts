import type { Component } from 'svelte';

/** An icon component of `@lucide/svelte/icons/<name>`, handed to a component by reference. */
export type IconComponent = Component<{ size?: number | string; class?: string; 'aria-hidden'?: 'true' }>;
