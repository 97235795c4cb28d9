/** The parts of a gate with the settings of `.hemostat.yaml`, ready to run. */
import type { Present } from '../guard/gate/detect.ts';
import type { PartRunner } from '../guard/gate/gate.ts';
import { type GateFile, settingsOf } from '../guard/gate/read.ts';
import type { ImageLook } from '../guard/image/image.ts';
import type { ImageSettings } from '../guard/image/settings.ts';
import type { GatePart } from '../guard/part.ts';

export interface PartsOf {
  readonly file: GateFile;
  readonly root: string;
  readonly present: Present;
  /** `--image REF` */
  readonly image: string | undefined;
}

/** Looks first; what is signed about the image comes last. */
export function imageRunner(settings: ImageSettings): Required<Pick<PartRunner, 'run' | 'conclude'>> {
  let look: ImageLook | null = null;
  return {
    run: async (context) => {
      look = await (await import('../guard/image/image.ts')).lookAtImage(settings, context);
      return look.result;
    },
    conclude: async (result, decision) => (look === null ? result : look.conclude(decision)),
  };
}

/** Loads a part only if it runs. */
export async function partRunner(
  part: Exclude<GatePart, 'review'>,
  { file, present, image }: PartsOf,
): Promise<PartRunner> {
  switch (part) {
    case 'deps': {
      const { depsSettings } = await import('../guard/deps/settings.ts');
      const settings = settingsOf(depsSettings, file.raw, part, {});
      const run: PartRunner['run'] = async (context) =>
        (await import('../guard/deps/deps.ts')).guardDeps(settings, context);
      return { part, subject: '.', run };
    }
    case 'image': {
      const { imageSettings } = await import('../guard/image/settings.ts');
      const settings = settingsOf(imageSettings, file.raw, part, { ref: image });
      return { part, subject: settings.ref ?? 'no image', ...imageRunner(settings) };
    }
    case 'config': {
      const { configSettings } = await import('../guard/config/settings.ts');
      const read = settingsOf(configSettings, file.raw, part, {});
      // Without a word about it, where manifests usually are; not the whole project, which is full of other YAML.
      const found = read.paths === undefined && read.cluster === undefined && present.manifests.length > 0;
      const settings = found ? { ...read, paths: [...present.manifests] } : read;
      const run: PartRunner['run'] = async (context) =>
        (await import('../guard/config/config.ts')).guardConfig(settings, context);
      return { part, subject: settings.paths?.join(', ') ?? '.', run };
    }
    case 'surface': {
      const { surfaceSettings } = await import('../guard/surface/settings.ts');
      const read = settingsOf(surfaceSettings, file.raw, part, {});
      const found = read.after === undefined && present.manifests.length > 0;
      const settings = found ? { ...read, after: [...present.manifests] } : read;
      const run: PartRunner['run'] = async (context) =>
        (await import('../guard/surface/surface.ts')).guardSurface(settings, context);
      return { part, subject: [settings.before, settings.after ?? '.'].flat().filter(Boolean).join(', '), run };
    }
  }
}
