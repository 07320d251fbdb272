/** One line of the bench's output. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, measured in the same run and in the same unit. */
  readonly rival: { readonly name: string; readonly value: number } | null;
  /** Over one is more of the unit than the rival, except for speed-ups: there it is how many times quicker. */
  readonly ratio: number | null;
  /** What the ratio (or, without one, the value) should be: `>= 0.6`. */
  readonly goal: string;
  readonly pass: boolean;
}

/** A group of figures that share what they are measured on. */
export interface Suite {
  readonly figures: readonly string[];
  run(report: (figure: Figure) => void): Promise<void>;
}

type Compared = Omit<Figure, 'ratio' | 'pass' | 'rival'> & { readonly rival: NonNullable<Figure['rival']> };

/** The value as a share of the rival's: for rates, that the more is the better; for times, that the less is. */
export function shareOf(figure: Compared): Figure {
  return judged({ ...figure, ratio: figure.value / figure.rival.value });
}

/** How many times less time than the rival. */
export function timesQuicker(figure: Compared): Figure {
  return judged({ ...figure, ratio: figure.rival.value / figure.value });
}

export function alone(figure: Omit<Figure, 'ratio' | 'pass' | 'rival'>): Figure {
  return judged({ ...figure, rival: null, ratio: null });
}

function judged({ name, value, unit, rival, ratio, goal }: Omit<Figure, 'pass'>): Figure {
  const shown = {
    ...{ name, value: rounded(value), unit },
    ...{ rival: rival && { name: rival.name, value: rounded(rival.value) }, ratio: ratio === null ? null : rounded(ratio) },
  };
  return { ...shown, goal, pass: meets(ratio ?? value, goal) };
}

function meets(measured: number, goal: string): boolean {
  const [relation, limit] = goal.split(' ');
  return relation === '>=' ? measured >= Number(limit) : measured <= Number(limit);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
