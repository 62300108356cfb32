/** A figure as pixels, on paper of its own, twice as fine as on a plain screen. */
import { onPaper } from '../../../sim/lab/show.ts';

const SCALE = 2;

/** Draws an SVG text. Rejects when the browser cannot. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([onPaper(svg)], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width * SCALE;
    canvas.height = image.height * SCALE;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('the browser draws no PNG');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
