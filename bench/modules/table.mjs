export const table = () => "";
