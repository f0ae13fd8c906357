//! Numbers in JSON, as they are: `json_get_int` and `json_get_float` mended.
//!
//! Those of `datafusion-functions-json` up to 0.54 give null for every negative number, and fail for some large ones; later
//! versions ask for a newer Rust than we promise. The text of the number, which the library finds rightly, is read here.

use std::sync::Arc;

use datafusion::arrow::compute::CastOptions;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_functions_json::udfs::json_as_text_udf;

/// Puts ours in the place of both, wherever a query or the library itself names them.
pub(super) fn mend(registry: &mut dyn FunctionRegistry) -> Result<()> {
    let functions = Functions {
        int: Arc::new(NumberOf::new("json_get_int", DataType::Int64).into()),
        float: Arc::new(NumberOf::new("json_get_float", DataType::Float64).into()),
    };
    registry.register_udf(Arc::clone(&functions.int))?;
    registry.register_udf(Arc::clone(&functions.float))?;
    registry.register_function_rewrite(Arc::new(functions))
}

/// The library makes `CAST(args->'n' AS BIGINT)` a call of its own function.
#[derive(Debug)]
struct Functions {
    int: Arc<ScalarUDF>,
    float: Arc<ScalarUDF>,
}

impl FunctionRewrite for Functions {
    fn name(&self) -> &str {
        "numbers in JSON"
    }

    fn rewrite(&self, expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return Ok(Transformed::no(expr)) };
        let ours = [&self.int, &self.float].into_iter().find(|ours| ours.name() == func.name() && ***ours != *func);
        Ok(match ours {
            Some(ours) => Transformed::yes(Expr::ScalarFunction(ScalarFunction { func: Arc::clone(ours), args })),
            None => Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args })),
        })
    }
}

/// What stands in JSON at a path, read as a number; null where it is none, or none of this type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct NumberOf {
    name: &'static str,
    data_type: DataType,
    signature: Signature,
    text: Arc<ScalarUDF>,
}

impl NumberOf {
    fn new(name: &'static str, data_type: DataType) -> Self {
        Self { name, data_type, signature: Signature::variadic_any(Volatility::Immutable), text: json_as_text_udf() }
    }
}

impl ScalarUDFImpl for NumberOf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        // It knows which types can be looked into.
        self.text.return_type(types)?;
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        args.return_field = Arc::new(Field::new(self.name, self.text.return_type(&types)?, true));
        // What is no number is null.
        let options = CastOptions { safe: true, ..CastOptions::default() };
        self.text.invoke_with_args(args)?.cast_to(&self.data_type, Some(&options))
    }
}
