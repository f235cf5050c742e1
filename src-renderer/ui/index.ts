/** The design system: components and the small functions that go with them. Each component's file says how to use it. */

// Layout
export { default as Card } from './Card.svelte';
export { default as Page } from './Page.svelte';
export { default as PageHeader } from './PageHeader.svelte';
export { default as Toolbar } from './Toolbar.svelte';

// Actions
export { default as BackLink } from './BackLink.svelte';
export { default as Button } from './Button.svelte';
export { default as CopyButton } from './CopyButton.svelte';
export { default as IconButton } from './IconButton.svelte';
export { default as Menu, type MenuEntry } from './Menu.svelte';
export { default as Tooltip } from './Tooltip.svelte';
export { copyText } from './clipboard.ts';

// Forms
export { default as Checkbox } from './Checkbox.svelte';
export { default as Field, type FieldControl } from './Field.svelte';
export { default as NumberField } from './NumberField.svelte';
export { default as PasswordField } from './PasswordField.svelte';
export { default as RadioGroup } from './RadioGroup.svelte';
export { default as SegmentedControl } from './SegmentedControl.svelte';
export { default as Select } from './Select.svelte';
export { default as Switch } from './Switch.svelte';
export { default as TextArea } from './TextArea.svelte';
export { default as TextField } from './TextField.svelte';

// What is shown
export { default as Badge } from './Badge.svelte';
export { default as CodeBlock } from './CodeBlock.svelte';
export { default as KeyValueList, type KeyValue } from './KeyValueList.svelte';
export { default as Keys } from './Keys.svelte';
export { default as LedLamp } from './LedLamp.svelte';
export { default as Sentence } from './Sentence.svelte';
export { default as SimulatedBadge } from './SimulatedBadge.svelte';
export { default as Sparkline } from './Sparkline.svelte';
export { default as StatusDot } from './StatusDot.svelte';
export { default as Table, type TableColumn } from './Table.svelte';
export { default as Tabs } from './Tabs.svelte';
export { default as VirtualList } from './VirtualList.svelte';

// Work, waiting and what went wrong
export { default as EmptyState } from './EmptyState.svelte';
export { default as ErrorPanel } from './ErrorPanel.svelte';
export { default as Notice } from './Notice.svelte';
export { default as ProgressBar } from './ProgressBar.svelte';
export { default as Spinner } from './Spinner.svelte';
export { default as StepList, type StepState, type StepView } from './StepList.svelte';
export { describeError } from './error-text.ts';

// Over the page
export { default as ConfirmDialog } from './ConfirmDialog.svelte';
export { default as Dialog } from './Dialog.svelte';
export { default as ToastRegion } from './ToastRegion.svelte';
export { keepFree } from './bottom-edge.svelte.ts';
export { confirm, type Question } from './confirm.svelte.ts';
export { toast } from './toast.svelte.ts';

export type { IconComponent } from './icon.ts';
export { remInPixels } from './rem.ts';
export { agoText, bytesText, durationText, momentText } from './text-format.ts';
export type { Tone } from './tone.ts';
