//! What sea-orm's derives expect to find in scope, by name.

pub(crate) use sea_orm::{
    ActiveBelongsTo, ActiveHasMany, ActiveModelBehavior, ActiveModelTrait, ColumnTrait, DbErr, DeriveActiveEnum,
    DeriveActiveModelEx, DeriveEntityModel, DeriveModelEx, DerivePrimaryKey, DeriveRelatedEntity, DeriveRelation, EntityName,
    EntityTrait, EnumIter, JsonValue, PaginatorTrait, PrimaryKeyTrait, QueryFilter, Related, RelatedSelfVia, RelationDef,
    RelationTrait, Select,
    entity::compound::{BelongsTo, HasMany},
    entity::prelude::{DateTimeUtc, Uuid, async_trait},
};
