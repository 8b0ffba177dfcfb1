// The select that says in whose name the playground asks.
import { SIGNED_OUT, type Identity } from "./identities";

type Props = {
  identities: Identity[];
  chosen: string;
  onChoose: (key: string) => void;
};

export function IdentityPicker({ identities, chosen, onChoose }: Props) {
  const description = identities.find((identity) => identity.key === chosen)?.description;
  return (
    <>
      <label htmlFor="tenantry-identity">Acting as</label>
      <select
        id="tenantry-identity"
        value={chosen}
        title={description}
        onChange={(event) => onChoose(event.target.value)}
      >
        {identities.map(({ key, label, description }) => (
          <option key={key} value={key}>
            {key}: {label}, {description}
          </option>
        ))}
        <option value={SIGNED_OUT}>signed out</option>
      </select>
    </>
  );
}
