export const BUNDLE: string;
export function textsOfClient(folder?: string): { texts: Record<string, string>; problems: string[] };
