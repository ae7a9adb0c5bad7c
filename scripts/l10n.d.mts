export const BUNDLE: string;
export function textsOf(folder?: string): { texts: Record<string, string>; problems: string[] };
