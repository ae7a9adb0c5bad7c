export const table = () => '';
