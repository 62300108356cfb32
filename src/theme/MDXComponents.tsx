import MDXComponents from '@theme-original/MDXComponents';
import { ScrollTable } from '../components/Layout/ScrollTable.tsx';

export default { ...MDXComponents, table: ScrollTable };
