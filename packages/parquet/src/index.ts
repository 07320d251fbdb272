export type { ParquetKind, TimeUnit } from './kinds';
export { inMemory, openParquet, type ParquetBytes, type ParquetColumn, type ParquetFile } from './parquet-file';
